/// Why the file of an earlier result is of no use.
package struct ReportError: Error, CustomStringConvertible, Equatable {
    package var file: String
    package var reason: String

    package var description: String {
        "\(file) \(reason); give a file that `loadtest run --json FILE` wrote"
    }
}
