/// Where the run took place.
package struct MachineFigures: Codable, Sendable, Equatable {
    package var cores: Int?
    /// Of the processor.
    package var model: String?
    package var kernel: String?

    package init(cores: Int? = nil, model: String? = nil, kernel: String? = nil) {
        self.cores = cores
        self.model = model
        self.kernel = kernel
    }
}
