new CertificatePinner.Builder()
    .add("api." + DOMAIN, "sha256/" + HASH)
    .build();
