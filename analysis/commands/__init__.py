"""What a psychometrician runs on files, without a database and without the platform: analyze, calibrate, simulate."""
