CertificatePinner.Builder builder = new CertificatePinner.Builder();
names.add("not a host", NAME);
builder.add("api.example.com", "sha256/ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=");
client.certificatePinner(builder.build());
