import Foundation
import NIOConcurrencyHelpers

/// What a process writes, passed on line by line.
package final class ProcessOutlet: Sendable {
    private static let longestLine = 4096

    private let onLine: @Sendable (String) -> Void
    private let rest = NIOLockedValueBox(Data())

    /// - Parameter onLine: Gets each line without its end; of a line that is too long, pieces.
    package init(onLine: @escaping @Sendable (String) -> Void) {
        self.onLine = onLine
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
            onLine(String(decoding: line, as: UTF8.self))
        }
    }
}
