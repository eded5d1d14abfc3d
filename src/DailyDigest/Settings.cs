using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DailyDigest;

/// <summary>How every options class is bound and checked: standard .NET, validated at start, one line per fault that names the setting.</summary>
public static class Settings
{
    /// <summary>
    /// Binds <typeparamref name="T"/> to the section, checks it when the host starts, and offers it to constructors as itself.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The root of the configuration.</param>
    /// <param name="section">The section's name.</param>
    /// <param name="validate">One line per fault; the flag is true in Development, where keys, postal address and https may be missing; without a host it is false.</param>
    public static IServiceCollection AddSettings<T>(
        this IServiceCollection services, IConfiguration configuration, string section, Func<T, bool, IEnumerable<string>> validate)
        where T : class
    {
        services.AddOptions<T>().Bind(configuration.GetSection(section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(provider =>
            new Check<T>(options => validate(options, provider.GetService<IHostEnvironment>()?.IsDevelopment() ?? false)));
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
        return services;
    }

    /// <summary>Checks every options class that was bound.</summary>
    /// <exception cref="OptionsValidationException">Settings are at fault; one line per fault, whichever class it is of.</exception>
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

    private sealed class Check<T>(Func<T, IEnumerable<string>> validate) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options) =>
            validate(options).ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
