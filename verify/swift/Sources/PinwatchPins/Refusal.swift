/// Why a bundle was not accepted. What was in force before stays in force.
public enum RefusalCode: String {
    /// More than 262,144 bytes.
    case tooLarge = "too_large"
    /// Not two lines of the required form, or a header, claim or entry that is not in form.
    case malformed
    /// The key statement is not signed by a root key of this app.
    case unknownRoot = "unknown_root"
    /// The configuration is not signed by a key of the key statement.
    case unknownKey = "unknown_key"
    /// A signature does not verify.
    case badSignature = "bad_signature"
    /// Another version of the format.
    case unsupported
    /// Another channel's bundle.
    case wrongAudience = "wrong_audience"
    /// Older than the bundle in force.
    case rollback
    /// As new as the bundle in force, with other contents.
    case conflict
}

/// A bundle was refused: an expected outcome with hostile input.
public struct Refusal: Error {
    public let code: RefusalCode
    /// What was expected, and at which place; for a log.
    public let detail: String

    static func malformed(_ detail: String) -> Refusal {
        Refusal(code: .malformed, detail: detail)
    }
}
