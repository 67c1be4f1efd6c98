/// Why a text is no ``FailCondition``.
package struct FailConditionError: Error, CustomStringConvertible, Equatable {
    package var text: String
    package var reason: String

    package var description: String {
        "\"\(text)\" \(reason); write such as p99>5ms or errors>0, with one of: \(Metric.help)"
    }
}
