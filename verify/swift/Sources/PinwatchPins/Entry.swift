/// What an entry asks of the connections to its host.
enum Mode: String, CaseIterable {
    /// A key on the path that the platform validated has to be among the entry's pins.
    case pins
    /// As `pins`, but a mismatch is only reported to the app.
    case observe
    /// As `pins`, against the configuration's managed trust roots.
    case roots
    /// Not pinned.
    case off
}

/// What a configuration says about one host, and perhaps the names below it.
struct Entry: Equatable {
    let mode: Mode
    /// Empty if the entry has none.
    let pins: Set<String>
    /// Whether it covers every level below its host, too.
    let coversBelow: Bool

    /// - Parameter place: for messages.
    init(_ value: JsonValue, _ place: String) throws {
        let claims = try Claims(value, place)
        let word = try claims.bytes("mode")
        guard let mode = Mode.allCases.first(where: { Array($0.rawValue.utf8) == word }) else {
            throw claims.expected("mode", "pins, observe, roots or off")
        }
        self.mode = mode
        let needsPins = mode == .pins || mode == .observe
        let isGiven = needsPins || claims.has("pins")
        pins = try isGiven ? Set(claims.list("pins", 1...32).map { try Pin.parse($0, "\(place).pins") }) : []
        coversBelow = try claims.flag("sub")
    }
}
