CertificatePinner.Builder()
    .add("api.example.com", *pins.toTypedArray())
    .build()
