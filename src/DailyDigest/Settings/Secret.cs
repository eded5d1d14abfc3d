using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DailyDigest.Settings;

/// <summary>A secret that an operator configured.</summary>
/// <param name="Setting">The name of its setting.</param>
/// <param name="Value">The secret.</param>
public sealed record Secret(string Setting, string Value)
{
    private const int MinDistinct = 5;

    // Words of examples. The chance that a random key contains one is below one in a billion.
    private static readonly string[] ExampleWords = ["example", "changeme", "change-me", "replace-me", "your-key", "placeholder"];

    private static readonly string[] DevelopmentUses = ["identity", "links"];

    /// <summary>
    /// The key that stands for a missing one in Development. Everybody can read it in the source: nothing else starts without configured
    /// keys.
    /// </summary>
    /// <param name="use">identity or links.</param>
    public static byte[] ForDevelopment(string use) => SHA256.HashData(Encoding.UTF8.GetBytes("DailyDigest in Development: " + use));

    /// <summary>The secrets in a setting that has several, separated by commas.</summary>
    public static IEnumerable<Secret> Each(string setting, string? values) =>
        (values ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(value => new Secret(setting, value));

    /// <summary>One line per fault: a secret that is no secret, or two that are equal. No line has a value.</summary>
    public static IEnumerable<string> Faults(IReadOnlyList<Secret> secrets)
    {
        var seen = new Dictionary<string, Secret>(StringComparer.Ordinal);
        foreach (var secret in secrets)
        {
            if (secret.Fault() is { } fault)
            {
                yield return $"{secret.Setting}: {fault}";
            }
            else if (!seen.TryAdd(Convert.ToHexString(secret.Bytes()), secret))
            {
                var other = seen[Convert.ToHexString(secret.Bytes())].Setting;
                yield return other == secret.Setting
                    ? $"{secret.Setting}: it has the same key twice. Make each key anew (openssl rand -base64 32)."
                    : $"{secret.Setting}: the same key as {other}. Make each key anew (openssl rand -base64 32).";
            }
        }
    }

    /// <summary>Shows nothing of the secret.</summary>
    public override string ToString() => Setting;

    private string? Fault() =>
        Value.Contains("$(", StringComparison.Ordinal) || Value.Contains("${", StringComparison.Ordinal)
            ? "this is the text of a command, not its output. Run openssl rand -base64 32, and set what it prints."
        : ExampleWords.Any(word => Value.Contains(word, StringComparison.OrdinalIgnoreCase)) || IsDevelopment()
            ? "this is an example that everybody can read. Set the output of openssl rand -base64 32."
        : Bytes().Distinct().Count() < MinDistinct || Repeats(Bytes())
            ? "the same characters are repeated. Set the output of openssl rand -base64 32."
        : null;

    private bool IsDevelopment() => DevelopmentUses.Any(use => ForDevelopment(use).AsSpan().SequenceEqual(Bytes()));

    // Base64 if it is base64, because equal keys may be padded differently.
    private byte[] Bytes()
    {
        var bytes = new byte[Value.Length];
        return Convert.TryFromBase64String(Value, bytes, out var length) && length > 0 ? bytes[..length] : Encoding.UTF8.GetBytes(Value);
    }

    // True if a beginning of at most a third of the text is repeated to its end.
    private static bool Repeats(ReadOnlySpan<byte> bytes)
    {
        for (var length = 1; length <= bytes.Length / 3; length++)
        {
            if (bytes[length..].SequenceEqual(bytes[..^length]))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Registers secrets, which are checked together at start.</summary>
public static class SecretSettings
{
    /// <summary>Adds the secrets of a part of the program.</summary>
    /// <param name="services">The services.</param>
    /// <param name="read">Reads them from the configuration.</param>
    public static IServiceCollection AddSecrets(this IServiceCollection services, Func<IEnumerable<Secret>> read)
    {
        services.AddSingleton(new Source(read));
        services.AddOptions<All>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<All>, Check>());
        return services;
    }

    private sealed record Source(Func<IEnumerable<Secret>> Read);

    private sealed class All;

    private sealed class Check(IEnumerable<Source> sources) : IValidateOptions<All>
    {
        public ValidateOptionsResult Validate(string? name, All options) =>
            Secret.Faults([.. sources.SelectMany(source => source.Read())]).ToList() is { Count: > 0 } faults
                ? ValidateOptionsResult.Fail(faults)
                : ValidateOptionsResult.Success;
    }
}
