// flower CLASS FACTOR OUT.ppm: generates a flower and makes it FACTOR times larger, with a progress bar.

#include <polyinr.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

int main(int count, char **arguments) try {
    if (count != 4) {
        std::cerr << "usage: flower CLASS FACTOR OUT.ppm\n";
        return 2;
    }
    const polyinr::EngineChoice choice;
    std::cerr << "engine: " << choice.name() << "\n";
    const polyinr::Engine engine(choice.name());
    const auto flowers = polyinr::Model::find("flowers");
    const auto upscaler = polyinr::Model::standard(POLYINR_KIND_UPSCALER);
    polyinr::GenerateOptions options;
    options.seed(7).class_name(arguments[1]).truncation(0.8F);

    polyinr::Image small(128, 128);
    polyinr::generate(engine, flowers, options, small.buffer());

    const auto side = static_cast<std::uint32_t>(128 * std::stod(arguments[2]));
    polyinr::Image large(side, side);
    polyinr::SuperResolveOptions how;
    how.refine(side < 128 ? 0 : 3);
    const auto progress = [](auto done, auto total) {
        const auto part = static_cast<std::size_t>(40 * done / total);
        std::cerr << "\r[" << std::string(part, '#') << std::string(40 - part, ' ') << "]" << std::flush;
        return true;
    };
    polyinr::super_resolve(engine, upscaler, how, small.buffer(), large.buffer(), progress);
    std::cerr << "\n";

    std::ofstream out(arguments[3], std::ios::binary);
    out << "P6\n" << side << " " << side << "\n255\n";
    out.write(reinterpret_cast<const char *>(large.pixels.data()),
              static_cast<std::streamsize>(large.pixels.size()));
    if (!out.flush()) {
        std::cerr << arguments[3] << ": cannot be written\n";
        return 1;
    }
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
