/// The version that workers and coordinators report.
package enum QueueVersion {
    package static let current = "0.1.0"
}
