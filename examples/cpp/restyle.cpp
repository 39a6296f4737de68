// restyle IN.field CLASS OUT.ppm: colours an embedded picture like a flower of CLASS.

#include <polyinr.hpp>

#include <fstream>
#include <iostream>

int main(int count, char **arguments) try {
    if (count != 4) {
        std::cerr << "usage: restyle IN.field CLASS OUT.ppm\n";
        return 2;
    }
    const polyinr::Engine engine;
    const auto flowers = polyinr::Model::find("flowers");
    polyinr::GenerateOptions options;
    options.seed(7).class_name(arguments[2]);
    const auto flower = polyinr::Field::from_seed(flowers, options);
    const auto picture = polyinr::Field::open(flowers, arguments[1]);

    polyinr::Image image(256, 256);
    polyinr::render(engine, picture.mixed(flower, "fine"), image.buffer());

    std::ofstream out(arguments[3], std::ios::binary);
    out << "P6\n256 256\n255\n";
    out.write(reinterpret_cast<const char *>(image.pixels.data()),
              static_cast<std::streamsize>(image.pixels.size()));
    if (!out.flush()) {
        std::cerr << arguments[3] << ": cannot be written\n";
        return 1;
    }
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
