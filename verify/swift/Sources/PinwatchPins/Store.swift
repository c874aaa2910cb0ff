import Foundation

/// Keeps a few small values on the device.
public protocol Store {
    /// Nil if nothing has been stored under this name.
    func read(_ name: String) throws -> [UInt8]?

    /// Replaces the value atomically: after a crash at any point, `read` returns the old value or the new one.
    func write(_ name: String, _ bytes: [UInt8]) throws
}

/// Values as files of one directory, which belongs to one process. The directory is excluded from backups: a restored
/// one would be a rollback.
public struct FileStore: Store {
    private let directory: URL

    /// - Parameter directory: made if it does not exist; a folder of one's own in Application Support, for example.
    public init(directory: URL) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        var folder = directory
        try folder.setResourceValues(values)
        self.directory = folder
    }

    public func read(_ name: String) throws -> [UInt8]? {
        let file = directory.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return Array(try Data(contentsOf: file))
    }

    /// Write, fsync, rename.
    public func write(_ name: String, _ bytes: [UInt8]) throws {
        let next = directory.appendingPathComponent(name + ".new")
        // So that the app can read it before the first unlock after a restart.
        let attributes: [FileAttributeKey: Any] = [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
        guard FileManager.default.createFile(atPath: next.path, contents: nil, attributes: attributes) else {
            throw CocoaError(.fileWriteUnknown)
        }
        let handle = try FileHandle(forWritingTo: next)
        handle.write(Data(bytes))
        handle.synchronizeFile()
        handle.closeFile()
        let file = directory.appendingPathComponent(name)
        guard rename(next.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
