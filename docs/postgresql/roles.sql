-- Roles for a shared PostgreSQL server: who may change the schema, who may write, who may only read.
--
-- Run it as an administrator of the server, in the database of Lückenlos (psql -d lueckenlos -f roles.sql).
-- It may be run again at any time, and has to be after a database was filled by another account. Nobody can
-- log in by password before an administrator gives one: \password lueckenlos_writer
--
--   lueckenlos_owner   db init, db upgrade, db restore, db move, db prune: owns tables, changes the schema
--   lueckenlos_writer  sync, review, annotations, reference import: changes rows, never the schema
--   lueckenlos_reader  serve, report, gaps, export, db backup: reads

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['lueckenlos_owner', 'lueckenlos_writer', 'lueckenlos_reader'] LOOP
        BEGIN
            EXECUTE format(
                'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role_name
            );
        EXCEPTION
            WHEN duplicate_object THEN NULL;
        END;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO lueckenlos_owner, lueckenlos_writer, lueckenlos_reader',
        current_database()
    );
    -- A sync compares deliveries in temporary tables.
    EXECUTE format(
        'GRANT TEMPORARY ON DATABASE %I TO lueckenlos_owner, lueckenlos_writer', current_database()
    );
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM lueckenlos_writer, lueckenlos_reader;
GRANT USAGE, CREATE ON SCHEMA public TO lueckenlos_owner;
GRANT USAGE ON SCHEMA public TO lueckenlos_writer, lueckenlos_reader;

-- Tables that exist belong to the owner, whoever made them; sequences of columns go with them.
DO $$
DECLARE
    table_name text;
BEGIN
    FOR table_name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE public.%I OWNER TO lueckenlos_owner', table_name);
    END LOOP;
END
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, lueckenlos_writer, lueckenlos_reader;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, lueckenlos_writer, lueckenlos_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO lueckenlos_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO lueckenlos_writer;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO lueckenlos_writer;

-- The same for tables that later versions add.
ALTER DEFAULT PRIVILEGES FOR ROLE lueckenlos_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO lueckenlos_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE lueckenlos_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lueckenlos_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE lueckenlos_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO lueckenlos_writer;

-- The number of the schema is part of the schema.
DO $$
BEGIN
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.alembic_version FROM lueckenlos_writer;
    END IF;
END
$$;
