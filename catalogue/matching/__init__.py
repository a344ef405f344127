"""What a service record means: which LeiKa service, which OZG service, and how sure that is."""
