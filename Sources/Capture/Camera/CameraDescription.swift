/// What a camera can do, as its driver lists it.
public struct CameraDescription: Sendable, Hashable, Codable {
    /// Path of the device.
    public var path: String
    /// Name of the camera.
    public var card: String
    /// Name of the driver.
    public var driver: String
    /// Where it is connected.
    public var bus: String
    /// Pixel formats, in the driver's order.
    public var formats: [CameraFormatDescription]
    /// Settings, in the driver's order.
    public var controls: [CameraControl]
    /// Why the camera could not be asked, where that is so; the lists are then empty.
    public var problem: String?

    /// A description from its parts.
    public init(
        path: String, card: String, driver: String, bus: String, formats: [CameraFormatDescription],
        controls: [CameraControl], problem: String? = nil
    ) {
        self.path = path
        self.card = card
        self.driver = driver
        self.bus = bus
        self.formats = formats
        self.controls = controls
        self.problem = problem
    }
}
