-- Run once, by the image, when the volume is empty. The passwords come from the secret files.
--
-- Two roles, as docs/storage.md advises: one owns the tables and is used by `guildhall migrate` alone; the login of
-- the bot owns nothing.
\set ON_ERROR_STOP on
\set owner_password `cat /run/secrets/owner-password`
\set bot_password `cat /run/secrets/bot-password`
CREATE ROLE guildhall_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE ROLE guildhall LOGIN NOINHERIT PASSWORD :'bot_password';
CREATE DATABASE guildhall OWNER guildhall_owner;
