curl --pinnedpubkey pubkey.der https://api.example.com/
