/// How new a bundle is: generation, version and time of issue, compared in this order. It never falls.
public struct BundleTuple: Comparable {
    /// Rises with each key statement: a new one outranks whatever a stolen signing key has signed.
    public let generation: Int64
    public let version: Int64
    /// The configuration's, seconds since 1970.
    public let issuedAt: Int64

    public static func < (left: BundleTuple, right: BundleTuple) -> Bool {
        (left.generation, left.version, left.issuedAt) < (right.generation, right.version, right.issuedAt)
    }
}

/// What a client has to know of the bundle that it holds, to judge the next one.
struct Held {
    let tuple: BundleTuple
    /// The payloads of both lines, in base64url as they stand there.
    let keys: [UInt8]
    let configuration: [UInt8]

    /// False if the next bundle says the same. Throws `rollback` if it is older, `conflict` if it is as new and says
    /// something else.
    func isReplaced(by next: Held) throws -> Bool {
        if next.tuple < tuple {
            throw Refusal(code: .rollback, detail: "expected \(tuple) or later, found \(next.tuple)")
        }
        if next.tuple > tuple { return true }
        guard next.keys == keys, next.configuration == configuration else {
            throw Refusal(code: .conflict, detail: "found other contents for the same \(tuple)")
        }
        return false
    }
}

/// A bundle whose signatures and forms have been verified; not compared with what the client holds.
public struct PinBundle {
    /// Bytes of the largest bundle.
    public static let mostBytes = 262_144

    /// As received: what is stored, and verified again at the next start.
    public let bytes: [UInt8]
    public let configuration: Configuration
    public var tuple: BundleTuple { held.tuple }
    let held: Held
}
