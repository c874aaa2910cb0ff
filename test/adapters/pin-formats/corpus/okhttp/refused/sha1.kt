CertificatePinner.Builder()
    .add("api.example.com", "sha1/BOGUSPINBOGUSPINBOGUSPINBOG=")
    .build()
