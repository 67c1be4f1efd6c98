import Foundation

/// Times as documents, logs and people hold them.
package enum ISO8601 {
    /// Now, in UTC with milliseconds.
    package static func now() -> String {
        text(Date())
    }

    /// Microseconds since 1970, in UTC with milliseconds.
    package static func text(_ microseconds: Int) -> String {
        text(Date(timeIntervalSince1970: Double(microseconds) / 1_000_000))
    }

    private static func text(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
