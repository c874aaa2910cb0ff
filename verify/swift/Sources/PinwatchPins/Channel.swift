/// The name of an account's channel: 26 base32 characters (RFC 4648, 6) in lower case, random.
enum Channel {
    static func isInForm(_ text: [UInt8]) -> Bool {
        text.count == 26
            && text.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains($0)
            }
    }

    /// `aud`, in form.
    static func audience(_ claims: Claims) throws -> String {
        let text = try claims.bytes("aud")
        guard isInForm(text) else { throw claims.expected("aud", "a channel id, 26 base32 characters") }
        return String(decoding: text, as: UTF8.self)
    }

    static func require(_ found: String, _ expected: String, _ place: String) throws {
        guard found == expected else {
            throw Refusal(code: .wrongAudience, detail: "\(place).aud: expected \(expected), found \(found)")
        }
    }
}
