import Foundation

/// Times as documents, logs and people hold them.
package enum ISO8601 {
    /// Now, in UTC with milliseconds.
    package static func now() -> String {
        Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
