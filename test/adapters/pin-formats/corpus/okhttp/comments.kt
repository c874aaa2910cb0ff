// .add("api.example.com", "sha256/Ln0sA6lQeuJl7PW1NWiFpTOTogKdJBOUmXJloaJa78Y=")
/* .add("api.example.com", /* nested */ "sha256/Ln0sA6lQeuJl7PW1NWiFpTOTogKdJBOUmXJloaJa78Y=") */
val pinner = CertificatePinner.Builder()
    .add("api.example.com", /* the current key */ "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=") // until 2027
    .build()
