import Foundation
import Glibc
import LoadDriver

/// The machine that this process runs on.
enum Machine {
    static var figures: MachineFigures {
        let processors = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = processors.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
        let kernel = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
        return MachineFigures(
            cores: ProcessInfo.processInfo.activeProcessorCount,
            model: model.map { $0.trimmingCharacters(in: .whitespaces) },
            kernel: kernel.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        )
    }
}
