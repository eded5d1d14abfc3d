using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Web;

/// <summary>The keys for /api and /desk. Section <c>Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Api";

    private const int MinLength = 24;

    /// <summary>Comma-separated, at least 24 characters each. Empty: /api and /desk refuse every request.</summary>
    public string Keys { get; set; } = "";

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True in Development, where keys may be missing.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (Split().Length == 0 ? !development : Split().Any(key => key.Length < MinLength))
        {
            yield return "Api__Keys: comma-separated keys of at least 24 characters each (openssl rand -base64 24).";
        }
    }

    /// <summary>True if the text is one of the keys. Takes the same time for every text, so that timing reveals nothing.</summary>
    internal bool IsKey(string? text)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text ?? ""));
        var found = false;
        foreach (var key in Split())
        {
            found |= CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        }

        return found;
    }

    private string[] Split() => Keys.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
