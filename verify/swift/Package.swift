// swift-tools-version:5.5
import PackageDescription

let package = Package(
    name: "PinwatchPins",
    // CryptoKit, with P-256 signatures in raw form.
    platforms: [.iOS(.v13), .macOS(.v10_15), .tvOS(.v13), .watchOS(.v6)],
    products: [.library(name: "PinwatchPins", targets: ["PinwatchPins"])],
    targets: [
        .target(name: "PinwatchPins"),
        .testTarget(name: "PinwatchPinsTests", dependencies: ["PinwatchPins"]),
    ]
)
