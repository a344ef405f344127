"""The gap list as a workbook: what officers work with, fill in and send back."""
