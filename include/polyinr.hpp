/* polyinr for C++17: objects that free themselves, errors as exceptions. Header only.
 *
 *     polyinr::Engine engine;
 *     auto model = polyinr::Model::find("photo");
 *     polyinr::SuperResolveOptions options;
 *     polyinr::super_resolve(engine, model, options, small, large, [](auto done, auto total) { return true; });
 */

#ifndef POLYINR_HPP
#define POLYINR_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "polyinr.h"

namespace polyinr {

/** A call that failed: its status and, as `what()`, its message. */
class Error : public std::runtime_error {
public:
    Error(polyinr_status status, const std::string &message)
        : std::runtime_error(message), status_(status) {}

    /** What the call returned. */
    polyinr_status status() const noexcept { return status_; }

private:
    polyinr_status status_;
};

/** Calls `function` with a place for its error and throws what it puts there. */
template <typename Function> void check(Function function) {
    polyinr_error error = {};
    const polyinr_status status = function(&error);
    if (status == POLYINR_STATUS_OK) {
        return;
    }
    const char *message = polyinr_error_message(error);
    Error thrown(status, message != nullptr ? message : polyinr_status_name(status));
    polyinr_error_free(error);
    throw thrown;
}

namespace detail {
/**
 * A function of the host that the library calls. What it throws must not pass through the library:
 * it stops the call, and is thrown from where the call was made.
 */
template <typename Function> class Guarded {
public:
    explicit Guarded(Function &function) : function_(function) {}

    /** What the function answers; no when it throws, now or before. */
    template <typename... Arguments> bool operator()(Arguments... arguments) noexcept {
        if (thrown_) {
            return false;
        }
        try {
            return function_(arguments...);
        } catch (...) {
            thrown_ = std::current_exception();
            return false;
        }
    }

    /** Throws what the function threw. */
    void rethrow() const {
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
    }

private:
    Function &function_;
    std::exception_ptr thrown_;
};

/** As `polyinr::check`, of a call that calls `guarded`: what that threw comes first. */
template <typename Function, typename Call>
void check(const Guarded<Function> &guarded, Call call) {
    try {
        polyinr::check(call);
    } catch (const Error &) {
        guarded.rethrow();
        throw;
    }
    guarded.rethrow();
}

/** A text of an object; an object that was moved from has none. */
inline std::string text(const char *text) {
    if (text == nullptr) {
        throw Error(POLYINR_STATUS_BAD_HANDLE, "the object was moved to another place; use that one");
    }
    return text;
}
} // namespace detail

/** An object of the C interface, freed at the end of its life. Moves, does not copy. */
template <typename Object, polyinr_status (*Free)(Object, polyinr_error *)> class Handle {
public:
    explicit Handle(Object object) noexcept : object_(object) {}
    Handle(Handle &&other) noexcept : object_(std::exchange(other.object_, Object{})) {}
    Handle &operator=(Handle &&other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    ~Handle() { Free(object_, nullptr); }

    /** The object, for functions of the C interface. */
    Object get() const noexcept { return object_; }

protected:
    /** What `make` makes: a call that gets a place for the object and one for its error. */
    template <typename Make> static Object made(Make make) {
        Object object = {};
        check([&](auto *e) { return make(&object, e); });
        return object;
    }

private:
    Object object_;
};

/** How an engine is set up: a thread for every processor, the first GPU, exact arithmetic. */
class EngineOptions : public Handle<polyinr_engine_options, polyinr_engine_options_free> {
public:
    EngineOptions() : Handle(made(polyinr_engine_options_new)) {}

    /** Worker threads; 0 takes one for every processor. */
    EngineOptions &threads(std::uint32_t count) {
        check([&](auto *e) { return polyinr_engine_options_set_threads(get(), count, e); });
        return *this;
    }

    /** Which GPU, from 0 on; for "cuda" alone, as the next one. */
    EngineOptions &device(std::uint32_t number) {
        check([&](auto *e) { return polyinr_engine_options_set_device(get(), number, e); });
        return *this;
    }

    /** Most bytes on the GPU for each of a model's graphs; 0 stands for no limit. */
    EngineOptions &device_memory(std::uint64_t bytes) {
        check([&](auto *e) { return polyinr_engine_options_set_device_memory(get(), bytes, e); });
        return *this;
    }

    /** Arithmetic by which fields are rendered. */
    EngineOptions &precision(polyinr_precision precision) {
        check([&](auto *e) { return polyinr_engine_options_set_precision(get(), precision, e); });
        return *this;
    }

    /** Lets products on a GPU take TF32, or not; for "cuda" alone. */
    EngineOptions &tf32(bool on = true) {
        check([&](auto *e) { return polyinr_engine_options_set_tf32(get(), on, e); });
        return *this;
    }
};

/** Which engine "auto" stands for here, and why no faster one. */
class EngineChoice : public Handle<polyinr_engine_choice, polyinr_engine_choice_free> {
public:
    /** With engines that are set up so. It takes a moment. */
    explicit EngineChoice(const EngineOptions &options = {})
        : Handle(made([&](auto *choice, auto *e) {
              return polyinr_engine_choice_new(options.get(), choice, e);
          })) {}

    /** Name of the engine. */
    std::string name() const { return detail::text(polyinr_engine_choice_name(get())); }

    /** Why none of the faster engines is taken, a line for each; empty without any. */
    std::string reason() const { return detail::text(polyinr_engine_choice_reason(get())); }
};

/** What does the arithmetic. */
class Engine : public Handle<polyinr_engine, polyinr_engine_free> {
public:
    /** The engine `name`, set up so. */
    explicit Engine(const std::string &name = "cpu", const EngineOptions &options = {})
        : Handle(made([&](auto *engine, auto *e) {
              return polyinr_engine_new(name.c_str(), options.get(), engine, e);
          })) {}

    /** Sets the most pixels of what is made with it; 0 stands for no limit. */
    void set_max_pixels(std::uint64_t pixels) {
        check([&](auto *e) { return polyinr_engine_set_max_pixels(get(), pixels, e); });
    }

    /** Sets the most memory in bytes that a call may take with it; 0 stands for no limit. */
    void set_max_memory(std::uint64_t bytes) {
        check([&](auto *e) { return polyinr_engine_set_max_memory(get(), bytes, e); });
    }
};

/** Trained weights. */
class Model : public Handle<polyinr_model, polyinr_model_free> {
public:
    /** A built-in model's name, a path, or a name in the models' folders. */
    static Model find(const std::string &name) {
        return Model(made([&](auto *model, auto *e) {
            return polyinr_model_find(name.c_str(), model, e);
        }));
    }

    /** Whether it can be told how much to clean. */
    bool cleans() const noexcept { return polyinr_model_cleans(get()); }

    /** Whether it can be told how much detail to draw. */
    bool draws_detail() const noexcept { return polyinr_model_draws_detail(get()); }

    /** How much `picture` seems to need, of noise with compression and of blur: 0 to 1 each. */
    std::pair<double, double> estimate(const polyinr_buffer &picture) const {
        double denoise = 0, deblur = 0;
        check([&](auto *e) {
            return polyinr_super_resolve_estimate(get(), &picture, &denoise, &deblur, e);
        });
        return {denoise, deblur};
    }

    /** The built-in model of a kind that is taken where none is named. */
    static Model standard(polyinr_kind kind) {
        const char *name = polyinr_model_default(kind);
        return find(name ? name : "");
    }

    /** The model file at `path`. */
    static Model open(const std::string &path) {
        return Model(made([&](auto *model, auto *e) {
            return polyinr_model_open(path.c_str(), model, e);
        }));
    }

    /** Names by which models of a kind are found; POLYINR_KIND_NONE stands for all. */
    static std::vector<std::string> names(polyinr_kind kind = POLYINR_KIND_NONE) {
        polyinr_model_list models = {};
        check([&](auto *e) { return polyinr_model_list_new(kind, &models, e); });
        const Handle<polyinr_model_list, polyinr_model_list_free> freed(models);
        std::vector<std::string> names;
        for (std::uint32_t i = 0; i < polyinr_model_list_count(models); i += 1) {
            names.emplace_back(polyinr_model_list_name(models, i));
        }
        return names;
    }

    /** What it is for. */
    polyinr_kind kind() const { return polyinr_model_kind(get()); }

    /** Its short name. */
    std::string name() const { return detail::text(polyinr_model_name(get())); }

    /** Names of its classes; none for models without. */
    std::vector<std::string> classes() const {
        std::vector<std::string> names;
        for (std::uint32_t i = 0; i < polyinr_model_class_count(get()); i += 1) {
            names.emplace_back(polyinr_model_class_name(get(), i));
        }
        return names;
    }

private:
    using Handle::Handle;
};

/** Which image of a generator. */
class GenerateOptions : public Handle<polyinr_generate_options, polyinr_generate_options_free> {
public:
    GenerateOptions() : Handle(made(polyinr_generate_options_new)) {}

    /** Seed of the latent. */
    GenerateOptions &seed(std::uint32_t seed) {
        check([&](auto *e) { return polyinr_generate_options_set_seed(get(), seed, e); });
        return *this;
    }

    /** Class by name; without one it is the seed's. */
    GenerateOptions &class_name(const std::string &name) {
        check([&](auto *e) {
            return polyinr_generate_options_set_class_name(get(), name.c_str(), e);
        });
        return *this;
    }

    /** Truncation: 1 as trained, 0 the average; in the first `cutoff` levels, or in all. */
    GenerateOptions &truncation(float psi, std::int32_t cutoff = -1) {
        check([&](auto *e) {
            return polyinr_generate_options_set_truncation(get(), psi, cutoff, e);
        });
        return *this;
    }

    /** Truncation level by level, as "0.7" or "0-4:0.5,fine:0.9". */
    GenerateOptions &truncation(const std::string &levels) {
        check([&](auto *e) {
            return polyinr_generate_options_set_truncation_levels(get(), levels.c_str(), e);
        });
        return *this;
    }

};

/** How a picture becomes larger. */
class SuperResolveOptions : public Handle<polyinr_super_resolve_options, polyinr_super_resolve_options_free> {
public:
    SuperResolveOptions() : Handle(made(polyinr_super_resolve_options_new)) {}

    /** Corrects results, in so many steps, until their reduction is the input; 0 does not. */
    SuperResolveOptions &refine(std::uint32_t steps = 3) {
        check([&](auto *e) { return polyinr_super_resolve_options_set_refine(get(), steps, e); });
        return *this;
    }

    /** Takes so much noise and traces of compression away, 0 to 1, or POLYINR_AMOUNT_AUTO. */
    SuperResolveOptions &denoise(double amount) {
        check([&](auto *e) {
            return polyinr_super_resolve_options_set_denoise(get(), amount, e);
        });
        return *this;
    }

    /** Takes so much blur away, 0 to 1, or POLYINR_AMOUNT_AUTO. */
    SuperResolveOptions &deblur(double amount) {
        check([&](auto *e) { return polyinr_super_resolve_options_set_deblur(get(), amount, e); });
        return *this;
    }

    /** Draws so much detail that looks as if it were there, 0 to 1. */
    SuperResolveOptions &detail(double amount) {
        check([&](auto *e) { return polyinr_super_resolve_options_set_detail(get(), amount, e); });
        return *this;
    }

    /** Takes the mean over the input turned and mirrored in all eight ways, or not. */
    SuperResolveOptions &tta(bool on = true) {
        check([&](auto *e) { return polyinr_super_resolve_options_set_tta(get(), on, e); });
        return *this;
    }

};

/** How a picture is extended: by an eighth on every side, each side's method chosen. */
class ExtendOptions : public Handle<polyinr_extend_options, polyinr_extend_options_free> {
public:
    ExtendOptions() : Handle(made(polyinr_extend_options_new)) {}

    /** Adds so many pixels. */
    ExtendOptions &margins(std::uint32_t top, std::uint32_t right, std::uint32_t bottom,
                           std::uint32_t left) {
        check([&](auto *e) {
            return polyinr_extend_options_set_margins(get(), top, right, bottom, left, e);
        });
        return *this;
    }

    /** By "field", "smooth", "reflection" or "auto". */
    ExtendOptions &method(const std::string &name) {
        check([&](auto *e) {
            return polyinr_extend_options_set_method(get(), name.c_str(), e);
        });
        return *this;
    }

};

/** Stops calls from another thread. */
class Cancel : public Handle<polyinr_cancel, polyinr_cancel_free> {
public:
    Cancel() : Handle(made(polyinr_cancel_new)) {}

    /** Cancels every call that has this token. */
    void cancel() const {
        check([&](auto *e) { return polyinr_cancel_cancel(get(), e); });
    }

};

/** A continuous image. */
class Field : public Handle<polyinr_field, polyinr_field_free> {
public:
    /** The image that `options` mean to `model`. */
    static Field from_seed(const Model &model, const GenerateOptions &options) {
        return made([&](auto *field, auto *e) {
            return polyinr_field_from_seed(model.get(), options.get(), field, e);
        });
    }

    /** `picture` through the upscaler `model` as `options` say. */
    static Field from_picture(const Model &model, const polyinr_buffer &picture,
                              const SuperResolveOptions &options = {}) {
        return made([&](auto *field, auto *e) {
            return polyinr_field_from_picture(model.get(), options.get(), &picture, field, e);
        });
    }

    /** The field file at `path`, which belongs to `model`. */
    static Field open(const Model &model, const std::string &path) {
        return made([&](auto *field, auto *e) {
            return polyinr_field_open(model.get(), path.c_str(), field, e);
        });
    }

    /**
     * `picture` embedded in the generator `model`. `progress` gets the steps done, all steps and the
     * PSNR in dB, and answers whether to go on; when it stops, the best so far is the result. What it
     * throws ends the inversion and is thrown on.
     */
    template <typename Progress>
    static Field inverted(const Engine &engine, const Model &model, const polyinr_buffer &picture,
                          Progress progress, polyinr_invert_options options = {}) {
        using Guarded = detail::Guarded<Progress>;
        auto call = [](void *data, std::uint64_t done, std::uint64_t total, double psnr) -> bool {
            return (*static_cast<Guarded *>(data))(done, total, psnr);
        };
        Guarded guarded(progress);
        Field field(polyinr_field{});
        detail::check(guarded, [&](auto *e) {
            polyinr_field found = {};
            const polyinr_status status = polyinr_field_from_inversion(
                engine.get(), model.get(), options, &picture, call, &guarded, polyinr_cancel{},
                &found, nullptr, e);
            field = Field(found);
            return status;
        });
        return field;
    }

    /** Keeps it in a file at `path`, whole or not at all. */
    void save(const std::string &path, bool replace = false) const {
        check([&](auto *e) { return polyinr_field_save(get(), path.c_str(), replace, e); });
    }

    /** This image with `levels` ("fine", "0-4,8") of `other`; the space is w or a. */
    Field mixed(const Field &other, const std::string &levels,
                polyinr_space space = POLYINR_SPACE_A) const {
        return made([&](auto *field, auto *e) {
            return polyinr_field_mix(get(), other.get(), levels.c_str(), space, field, e);
        });
    }

    /** The image a part `t`, 0 to 1, of the way to `other`. */
    Field towards(const Field &other, double t, polyinr_space space = POLYINR_SPACE_A) const {
        return made([&](auto *field, auto *e) {
            return polyinr_field_interpolate(get(), other.get(), t, space, field, e);
        });
    }

private:
    using Handle::Handle;

    template <typename Make> static Field made(Make make) { return Field(Handle::made(make)); }
};

/** Pixels of 8 bits that the object owns. */
struct Image {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    polyinr_channels channels = POLYINR_CHANNELS_RGB;
    std::vector<std::uint8_t> pixels;

    Image(std::uint32_t width, std::uint32_t height,
          polyinr_channels channels = POLYINR_CHANNELS_RGB)
        : width(width), height(height), channels(channels),
          pixels(std::size_t(width) * height * count(channels)) {}

    /** Samples of a pixel. */
    static std::size_t count(polyinr_channels channels) {
        switch (channels) {
        case POLYINR_CHANNELS_GRAY: return 1;
        case POLYINR_CHANNELS_GRAY_ALPHA: return 2;
        case POLYINR_CHANNELS_RGB: return 3;
        default: return 4;
        }
    }

    /** The pixels as functions of the C interface take them; inputs are only read. */
    polyinr_buffer buffer() const {
        polyinr_buffer buffer = {};
        buffer.pixels = const_cast<std::uint8_t *>(pixels.data());
        buffer.size = pixels.size();
        buffer.stride = std::size_t(width) * count(channels);
        buffer.width = width;
        buffer.height = height;
        buffer.sample = POLYINR_SAMPLE_U8;
        buffer.channels = channels;
        buffer.alpha = POLYINR_ALPHA_STRAIGHT;
        return buffer;
    }
};

/**
 * Follows a call: done and total pixels; returns whether to go on. What it throws cancels the call and
 * is thrown on. It may be called on another thread than the call's.
 */
using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

namespace detail {
inline bool follow(void *guarded, std::uint64_t done, std::uint64_t total) {
    return (*static_cast<Guarded<Progress> *>(guarded))(done, total);
}

/** Makes a call that `progress` follows: `call` gets the function, its data and the error's place. */
template <typename Call> void followed(Progress &progress, Call call) {
    Guarded<Progress> guarded(progress);
    check(guarded, [&](auto *e) { return call(progress ? follow : nullptr, &guarded, e); });
}
} // namespace detail

/** Makes `input` as large as `output`, as `options` say. */
inline void super_resolve(const Engine &engine, const Model &model,
                          const SuperResolveOptions &options, const polyinr_buffer &input,
                          const polyinr_buffer &output, Progress progress = nullptr,
                          const Cancel *cancel = nullptr) {
    detail::followed(progress, [&](auto function, auto *data, auto *e) {
        return polyinr_super_resolve(engine.get(), model.get(), options.get(), &input,
                                     function, data,
                                     cancel != nullptr ? cancel->get() : polyinr_cancel{}, &output, e);
    });
}

/** Adds margins to `input` with a generator; `output` is larger by them. */
inline void extend(const Engine &engine, const Model &model, const ExtendOptions &options,
                   const polyinr_buffer &input, const polyinr_buffer &output,
                   Progress progress = nullptr, const Cancel *cancel = nullptr) {
    detail::followed(progress, [&](auto function, auto *data, auto *e) {
        return polyinr_extend(engine.get(), model.get(), options.get(), &input,
                              function, data,
                              cancel != nullptr ? cancel->get() : polyinr_cancel{}, &output, e);
    });
}

/** Generates an image as large as `output`. */
inline void generate(const Engine &engine, const Model &model, const GenerateOptions &options,
                     const polyinr_buffer &output, Progress progress = nullptr,
                     const Cancel *cancel = nullptr) {
    detail::followed(progress, [&](auto function, auto *data, auto *e) {
        return polyinr_generate(engine.get(), model.get(), options.get(),
                                function, data,
                                cancel != nullptr ? cancel->get() : polyinr_cancel{}, &output, e);
    });
}

/** Renders the whole of `field` as large as `output`. */
inline void render(const Engine &engine, const Field &field, const polyinr_buffer &output,
                   Progress progress = nullptr, const Cancel *cancel = nullptr) {
    detail::followed(progress, [&](auto function, auto *data, auto *e) {
        return polyinr_field_render(engine.get(), field.get(), polyinr_view{},
                                    function, data,
                                    cancel != nullptr ? cancel->get() : polyinr_cancel{}, &output, e);
    });
}

} // namespace polyinr

#endif
