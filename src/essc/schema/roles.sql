-- The role that rooms grant to. The login that the application connects with is a member of it and owns nothing.
-- Run by `essc migrate` before the first file; on a server of your own, run it yourself when the owner may not create roles.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'essc_app') THEN
    CREATE ROLE essc_app NOLOGIN;
  END IF;
END
$$;
