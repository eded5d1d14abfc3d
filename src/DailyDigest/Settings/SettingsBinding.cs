using System.ComponentModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DailyDigest.Settings;

/// <summary>Binds and validates options classes with standard .NET at start. Every fault is a line that names the setting.</summary>
public static class SettingsBinding
{
    /// <summary>
    /// Binds <typeparamref name="T"/> to the section, validates it when the host starts, and registers it. A value that cannot be parsed is
    /// one fault among others; the .NET binder would stop at the first.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The root of the configuration.</param>
    /// <param name="section">The section's name.</param>
    /// <param name="validate">
    /// Returns one line per fault. The flag is true in Development, where keys, postal address and https may be missing; false without a
    /// host.
    /// </param>
    public static IServiceCollection AddSettings<T>(
        this IServiceCollection services, IConfiguration configuration, string section, Func<T, bool, IEnumerable<string>> validate)
        where T : class
    {
        var bound = configuration.GetSection(section);
        services.AddOptions<T>().Configure(options => Readable(bound, Unreadable(bound, typeof(T))).Bind(options)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(provider => new Check<T>(options =>
        [
            .. Unreadable(bound, typeof(T)).Select(one => CannotRead(one.Path, one.Type)),
            .. validate(options, provider.GetService<IHostEnvironment>()?.IsDevelopment() ?? false),
        ]));
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
        services.AddSingleton(new KnownSection(section, typeof(T)));
        services.TryAddSingleton(provider => new ListSettings(configuration, provider.GetServices<KnownSection>()));
        return services;
    }

    /// <summary>Validates all bound options classes.</summary>
    /// <exception cref="OptionsValidationException">One line per fault of all classes.</exception>
    public static void CheckSettings(this IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (AggregateException all) when (all.InnerExceptions.All(one => one is OptionsValidationException))
        {
            var faults = all.InnerExceptions.Cast<OptionsValidationException>().ToList();
            throw new OptionsValidationException(faults[0].OptionsName, faults[0].OptionsType, faults.SelectMany(one => one.Failures));
        }
    }

    /// <summary>The line of a fault. It omits the value, which may be a secret.</summary>
    /// <param name="path">The setting's path, with colons.</param>
    /// <param name="type">The expected type.</param>
    public static string CannotRead(string path, Type type) =>
        $"{path.Replace(":", "__", StringComparison.Ordinal)}: cannot be read as {Kind(Nullable.GetUnderlyingType(type) ?? type)}.";

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => string.Join(" or ", Enum.GetNames(type)),
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) || type == typeof(decimal) => "a number",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a time span such as 06:00:00",
        _ => type.Name,
    };

    /// <summary>The paths and expected types of values that cannot be parsed.</summary>
    private static IEnumerable<(string Path, Type Type)> Unreadable(IConfigurationSection section, Type type)
    {
        if (IsScalar(type))
        {
            return section.Value is null || CanRead(section, type) ? [] : [(section.Path, type)];
        }

        var children = section.GetChildren();
        return type.IsGenericType && type.GetGenericArguments() is [var item] ? children.SelectMany(child => Unreadable(child, item))
            : type.GetProperties().Where(property => property.SetMethod is { IsPublic: true } || !IsScalar(property.PropertyType))
                .Where(property => property.GetIndexParameters().Length == 0)
                .SelectMany(property => children
                    .Where(child => child.Key.Equals(property.Name, StringComparison.OrdinalIgnoreCase))
                    .SelectMany(child => Unreadable(child, property.PropertyType)));
    }

    private static bool IsScalar(Type type) =>

        TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type).CanConvertFrom(typeof(string));

    private static bool CanRead(IConfigurationSection section, Type type)
    {
        try
        {
            section.Get(type);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The section without those values.</summary>
    private static IConfiguration Readable(IConfigurationSection section, IEnumerable<(string Path, Type Type)> unreadable)
    {
        var paths = unreadable.Select(one => one.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return paths.Count == 0 ? section : new ConfigurationBuilder().AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true)
            .Where(pair => pair is { Key.Length: > 0, Value: not null } && !paths.Contains($"{section.Path}:{pair.Key}"))).Build();
    }

    private sealed class Check<T>(Func<T, IEnumerable<string>> validate) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options) =>
            validate(options).ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
