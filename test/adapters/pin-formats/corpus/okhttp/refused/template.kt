CertificatePinner.Builder()
    .add("api.example.com", "sha256/$hash")
    .build()
