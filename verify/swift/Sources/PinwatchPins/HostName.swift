/// Host names as configurations and apps write them.
enum HostName {
    /// The name of an entry: A-labels in lower case (RFC 5890, 2.3.2.1), two or more, and no IP address. A last label
    /// of digits, or of `0x` and hexadecimal digits, makes an IPv4 address (WHATWG URL, "ends in a number").
    static func isEntryName(_ name: [UInt8]) -> Bool {
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.count <= 253, labels.count >= 2, labels.allSatisfy(isLabel), let last = labels.last else { return false }
        return !isNumber(last)
    }

    /// As entries are looked up: lower case (A to Z alone), without one trailing dot.
    static func canonical(_ host: String) -> String {
        var bytes = host.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nil for a name of one label.
    static func parent(_ name: String) -> String? {
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        return String(name[name.index(after: dot)...])
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { isLetter($0, upTo: "z") || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == hyphen }
    }

    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        if label.starts(with: Array("0x".utf8)) {
            return label.dropFirst(2).allSatisfy { isDigit($0) || isLetter($0, upTo: "f") }
        }
        return label.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8, upTo last: Unicode.Scalar) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: last)).contains(byte)
    }
}
