CertificatePinner.Builder()
    .add("api.example.com", "sha256/AAAA")
    .build()
