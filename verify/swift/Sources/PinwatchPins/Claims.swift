/// Reads members of a JSON object, each in its form. A member that is there has to be in form; null never is.
struct Claims {
    /// The largest integer that every JSON reader keeps exact (RFC 8259, 6): 2^53 - 1.
    static let largest: Int64 = 9_007_199_254_740_991

    private let members: [[UInt8]: JsonValue]
    private let place: String

    /// - Parameter place: where the object is, for messages, such as `devices[0]`.
    init(_ value: JsonValue, _ place: String) throws {
        guard case .object(let members) = value else { throw Refusal.malformed("\(place): expected an object") }
        self.members = members
        self.place = place
    }

    var count: Int { members.count }

    func has(_ name: String) -> Bool {
        value(name) != nil
    }

    /// Written as digits alone.
    func integer(_ name: String, _ range: ClosedRange<Int64>) throws -> Int64 {
        let refusal = expected(name, "an integer from \(range.lowerBound) to \(range.upperBound)")
        // 2^53 - 1 has 16 digits, and the grammar allows no leading zeros.
        guard case .number(let text)? = value(name), text.count <= 16 else { throw refusal }
        var number: Int64 = 0
        for digit in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { throw refusal }
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        guard range.contains(number) else { throw refusal }
        return number
    }

    /// Since 1970.
    func seconds(_ name: String) throws -> Int64 {
        try integer(name, 0...Claims.largest)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        guard case .string(let text)? = value(name) else { throw expected(name, "a string") }
        return text
    }

    /// One of these words; the first, if the member is left out.
    func word(_ name: String, _ words: [String]) throws -> String {
        guard has(name) else { return words[0] }
        let text = try bytes(name)
        guard let word = words.first(where: { Array($0.utf8) == text }) else {
            throw expected(name, words.joined(separator: " or "))
        }
        return word
    }

    /// False if it is left out.
    func flag(_ name: String) throws -> Bool {
        switch value(name) {
        case nil: return false
        case .bool(let flag)?: return flag
        default: throw expected(name, "true or false")
        }
    }

    func base64Url(_ name: String, count: Int) throws -> [UInt8] {
        let text = try bytes(name)
        guard let decoded = Base64Url.decode(text, count: count) else {
            throw expected(name, "\(count) bytes in base64url")
        }
        return decoded
    }

    func list(_ name: String, _ range: ClosedRange<Int>) throws -> [JsonValue] {
        guard case .array(let items)? = value(name), range.contains(items.count) else {
            throw expected(name, "an array of \(range.lowerBound) to \(range.upperBound)")
        }
        return items
    }

    func object(_ name: String, most: Int) throws -> [[UInt8]: JsonValue] {
        guard case .object(let members)? = value(name), members.count <= most else {
            throw expected(name, "an object with at most \(most) members")
        }
        return members
    }

    func expected(_ name: String, _ what: String) -> Refusal {
        Refusal.malformed("\(place).\(name): expected \(what)")
    }

    private func value(_ name: String) -> JsonValue? {
        members[Array(name.utf8)]
    }
}
