/// UTF-8 (RFC 3629, 4). Foundation's decoders may drop a byte order mark or repair what is wrong.
enum Utf8 {
    /// Without overlong forms, surrogates, and anything above U+10FFFF. A byte order mark is valid here, and no JSON.
    static func isValid(_ bytes: [UInt8]) -> Bool {
        var at = 0
        while at < bytes.count {
            guard let length = sequenceLength(bytes, at) else { return false }
            at += length
        }
        return true
    }

    private static func sequenceLength(_ bytes: [UInt8], _ at: Int) -> Int? {
        if bytes[at] < 0x80 { return 1 }
        guard let (length, second) = lead(bytes[at]), at + length <= bytes.count, second.contains(bytes[at + 1]) else {
            return nil
        }
        return bytes[(at + 2)..<(at + length)].allSatisfy { (0x80...0xbf).contains($0) } ? length : nil
    }

    /// How long a sequence with this first byte is, and what its second byte may be.
    private static func lead(_ byte: UInt8) -> (Int, ClosedRange<UInt8>)? {
        switch byte {
        case 0xc2...0xdf: return (2, 0x80...0xbf)
        case 0xe0: return (3, 0xa0...0xbf)
        case 0xed: return (3, 0x80...0x9f)
        case 0xe1...0xef: return (3, 0x80...0xbf)
        case 0xf0: return (4, 0x90...0xbf)
        case 0xf1...0xf3: return (4, 0x80...0xbf)
        case 0xf4: return (4, 0x80...0x8f)
        default: return nil
        }
    }
}
