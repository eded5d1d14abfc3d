using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Web;

/// <summary>The keys that open /api and /desk. Section <c>Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Api";

    private const int MinLength = 24;

    /// <summary>Comma-separated, each at least 24 characters. Empty: /api and /desk answer to nobody.</summary>
    public string Keys { get; set; } = "";

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">In Development missing keys are let through.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (Split().Length == 0 ? !development : Split().Any(key => key.Length < MinLength))
        {
            yield return "Api__Keys: comma-separated keys of at least 24 characters each (openssl rand -base64 24).";
        }
    }

    /// <summary>True if the text is one of the keys. Takes the same time for every text.</summary>
    internal bool Opens(string? text)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text ?? ""));
        var opens = false;
        foreach (var key in Split())
        {
            opens |= CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        }

        return opens;
    }

    private string[] Split() => Keys.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
