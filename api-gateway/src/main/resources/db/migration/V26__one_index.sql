-- the same columns as run_of_endpoint
DROP INDEX run_endpoint;
