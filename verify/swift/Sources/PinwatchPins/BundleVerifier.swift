/// Verifies bundles of one channel: steps 1 to 6 of the specification's order, which decides the code of a bundle with
/// several faults. `Held` is step 7. It has no clock: nothing here depends on the time.
public struct BundleVerifier {
    private let roots: [VerifyingKey]
    private let channel: String

    /// Nil if a root or the channel is not in form: the app was built wrongly.
    ///
    /// - Parameters:
    ///   - roots: the account's root public keys, one to three, each as its 65-byte point (04 X Y).
    ///   - channel: the channel id.
    public init?(roots: [[UInt8]], channel: String) {
        let keys = roots.compactMap(VerifyingKey.init(point:))
        guard (1...3).contains(roots.count), keys.count == roots.count, Channel.isInForm(Array(channel.utf8)) else {
            return nil
        }
        self.roots = keys
        self.channel = channel
    }

    /// Throws `Refusal`.
    public func verify(_ bytes: [UInt8]) throws -> PinBundle {
        guard bytes.count <= PinBundle.mostBytes else {
            throw Refusal(code: .tooLarge, detail: "expected at most \(PinBundle.mostBytes) bytes")
        }
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty else {
            throw Refusal.malformed("expected two lines, each ended by LF")
        }
        let first = try BundleLine(lines[0])
        let second = try BundleLine(lines[1])

        let rootId = try first.kid(typ: "pin-keys+jwt")
        guard let root = roots.first(where: { $0.thumbprint == rootId }) else {
            throw Refusal(code: .unknownRoot, detail: "key statement: expected the kid of a root of this app")
        }
        let statement = try KeyStatement(
            first.claims(verifiedBy: root, KeyStatement.place), channel: channel)

        let keyId = try second.kid(typ: "pin-config+jwt")
        guard let key = statement.keys.first(where: { $0.thumbprint == keyId }) else {
            throw Refusal(code: .unknownKey, detail: "configuration: expected a kid of the key statement")
        }
        let configuration = try Configuration(
            second.claims(verifiedBy: key, Configuration.place), channel: channel)

        let tuple = BundleTuple(
            generation: statement.generation, version: configuration.version, issuedAt: configuration.issuedAt)
        let held = Held(tuple: tuple, keys: first.payloadText, configuration: second.payloadText)
        return PinBundle(bytes: bytes, configuration: configuration, held: held)
    }
}
