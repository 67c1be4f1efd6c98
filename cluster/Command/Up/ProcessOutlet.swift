import Foundation
import NIOConcurrencyHelpers

/// What a process of the local cluster writes, passed on line by line with its name before.
final class ProcessOutlet: Sendable {
    private static let longestLine = 4096

    private let name: String
    private let shows: @Sendable (String) -> Bool
    private let rest = NIOLockedValueBox(Data())

    init(name: String, shows: @escaping @Sendable (String) -> Bool) {
        self.name = name
        self.shows = shows
    }

    func received(_ data: Data) {
        let lines = rest.withLockedValue { rest -> [Data] in
            rest.append(data)
            var lines: [Data] = []
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(Data(rest[..<end]))
                rest = Data(rest[rest.index(after: end)...])
            }
            if rest.count > Self.longestLine {
                lines.append(rest)
                rest = Data()
            }
            return lines
        }
        for line in lines {
            let text = String(decoding: line, as: UTF8.self)
            if shows(text) { Console.shared.note("[\(name)] \(text)") }
        }
    }
}
