const val PIN = "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="

val pinner = CertificatePinner.Builder()
    .add("api.example.com", PIN)
    .build()
