/// The claims of the first line: which keys sign configurations in this generation.
struct KeyStatement {
    static let place = "key statement"

    /// Rises with each statement, and outranks every configuration's version.
    let generation: Int64
    let keys: [VerifyingKey]

    init(_ claims: Claims, channel: String) throws {
        let audience = try Channel.audience(claims)
        generation = try claims.integer("gen", 1...Claims.largest)
        _ = try claims.seconds("iat")
        keys = try claims.list("keys", 1...8).map(KeyStatement.key)
        try Channel.require(audience, channel, KeyStatement.place)
    }

    /// A public JWK (RFC 7518, 6.2.1) with its required members alone: a private key is refused, among others.
    private static func key(_ jwk: JsonValue) throws -> VerifyingKey {
        let members = try Claims(jwk, "\(place).keys[]")
        guard members.count == 4,
            try members.bytes("kty") == Array("EC".utf8),
            try members.bytes("crv") == Array("P-256".utf8)
        else { throw members.expected("kty", "EC with crv P-256, x and y, nothing else") }
        let x = try members.base64Url("x", count: VerifyingKey.size)
        let y = try members.base64Url("y", count: VerifyingKey.size)
        guard let key = VerifyingKey(point: [0x04] + x + y) else {
            throw members.expected("x", "a point on the curve")
        }
        return key
    }
}
