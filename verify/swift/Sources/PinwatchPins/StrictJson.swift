/// A JSON value. Texts are UTF-8 bytes, because Swift takes two spellings of "é" for the same String: names that other
/// readers keep apart would be duplicates.
indirect enum JsonValue {
    case object([[UInt8]: JsonValue])
    case array([JsonValue])
    case string([UInt8])
    /// As written: `1`, `1.0` and `1e0` are different texts, and only one is an integer.
    case number([UInt8])
    case bool(Bool)
    case null
}

/// Strict JSON (RFC 8259) in UTF-8: no byte order mark, no duplicate members, no lone surrogates, 16 levels at most.
/// Readers that differ in what they make of odd JSON would differ in which pins are in force, so all of it is refused.
struct StrictJson {
    private static let deepest = 16

    private let bytes: [UInt8]
    private let mostMembers: Int
    private var at = 0

    /// - Parameter mostMembers: an object with more members is refused without reading on.
    static func parse(_ bytes: [UInt8], mostMembers: Int = .max) throws -> JsonValue {
        guard Utf8.isValid(bytes) else { throw Refusal.malformed("JSON: expected UTF-8") }
        var json = StrictJson(bytes: bytes, mostMembers: mostMembers)
        json.skipSpace()
        let value = try json.value(depth: 1)
        json.skipSpace()
        guard json.at == bytes.count else { throw json.expected("the end") }
        return value
    }

    private init(bytes: [UInt8], mostMembers: Int) {
        self.bytes = bytes
        self.mostMembers = mostMembers
    }

    private mutating func value(depth: Int) throws -> JsonValue {
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return try .string(string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try .number(number())
        }
    }

    private mutating func object(depth: Int) throws -> JsonValue {
        try enter(depth)
        var members: [[UInt8]: JsonValue] = [:]
        if isTaken("}") { return .object(members) }
        repeat {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw expected("a member's name") }
            let name = try string()
            skipSpace()
            try take(":")
            skipSpace()
            guard members[name] == nil else { throw expected("each member once") }
            guard members.count < mostMembers else { throw expected("at most \(mostMembers) members") }
            members[name] = try value(depth: depth + 1)
            skipSpace()
        } while isTaken(",")
        try take("}")
        return .object(members)
    }

    private mutating func array(depth: Int) throws -> JsonValue {
        try enter(depth)
        var items: [JsonValue] = []
        if isTaken("]") { return .array(items) }
        repeat {
            skipSpace()
            let item = try value(depth: depth + 1)
            items.append(item)
            skipSpace()
        } while isTaken(",")
        try take("]")
        return .array(items)
    }

    /// Takes the opening bracket and white space.
    private mutating func enter(_ depth: Int) throws {
        guard depth <= StrictJson.deepest else { throw expected("at most \(StrictJson.deepest) levels") }
        at += 1
        skipSpace()
    }

    private mutating func string() throws -> [UInt8] {
        at += 1
        var text: [UInt8] = []
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""):
                return text
            case 0..<0x20:
                throw expected("no control character in a string")
            case UInt8(ascii: "\\"):
                let letter = try escaped()
                text.append(contentsOf: letter)
            default:
                text.append(byte)
            }
        }
    }

    /// The UTF-8 of one escape, or of two that are a surrogate pair.
    private mutating func escaped() throws -> [UInt8] {
        switch try next() {
        case UInt8(ascii: "\""): return [UInt8(ascii: "\"")]
        case UInt8(ascii: "\\"): return [UInt8(ascii: "\\")]
        case UInt8(ascii: "/"): return [UInt8(ascii: "/")]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try unicode()
        default: throw expected("an escape of JSON")
        }
    }

    private mutating func unicode() throws -> [UInt8] {
        let first = try codeUnit()
        var value = first
        if (0xd800..<0xdc00).contains(first) {
            guard isTaken("\\"), isTaken("u") else { throw expected("no lone surrogate") }
            let second = try codeUnit()
            guard (0xdc00..<0xe000).contains(second) else { throw expected("no lone surrogate") }
            value = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        }
        // A low surrogate alone is no scalar.
        guard let scalar = Unicode.Scalar(value) else { throw expected("no lone surrogate") }
        return Array(String(scalar).utf8)
    }

    private mutating func codeUnit() throws -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let digit = try next()
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "A") + 10)
            default: throw expected("a hexadecimal digit")
            }
        }
        return unit
    }

    private mutating func number() throws -> [UInt8] {
        let start = at
        _ = isTaken("-")
        if !isTaken("0") { try digits() }
        if isTaken(".") { try digits() }
        if isTaken("e") || isTaken("E") {
            if !isTaken("+") { _ = isTaken("-") }
            try digits()
        }
        return Array(bytes[start..<at])
    }

    /// One or more.
    private mutating func digits() throws {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        guard at > start else { throw expected("a JSON value") }
    }

    private mutating func word(_ word: StaticString, _ value: JsonValue) throws -> JsonValue {
        let length = word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { bytes[at...].prefix(length).elementsEqual($0) }
        guard isThere else { throw expected("a JSON value") }
        at += length
        return value
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ letter: Unicode.Scalar) throws {
        guard isTaken(letter) else { throw expected("\(letter)") }
    }

    private mutating func isTaken(_ letter: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: letter) else { return false }
        at += 1
        return true
    }

    private func peek() throws -> UInt8 {
        guard at < bytes.count else { throw expected("a JSON value") }
        return bytes[at]
    }

    private mutating func next() throws -> UInt8 {
        guard at < bytes.count else { throw expected("the end of a string") }
        defer { at += 1 }
        return bytes[at]
    }

    private func expected(_ what: String) -> Refusal {
        Refusal.malformed("JSON at byte \(at): expected \(what)")
    }
}
