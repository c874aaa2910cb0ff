final allowedSHAFingerprints = load();
