using System.Collections;
using System.Globalization;
using System.Resources;
using Microsoft.Extensions.Options;

namespace DailyDigest.Settings;

/// <summary>
/// Checks at start, and in <c>doctor</c>, that a file of texts is complete in every language of the publication. Otherwise a page or a mail
/// would be in English and marked as the other language.
/// </summary>
/// <param name="texts">The texts. Their neutral file is English.</param>
/// <param name="file">The file's path in the source without its language, such as src/DailyDigest.Mail/Resources/Texts.</param>
/// <param name="required">
/// The keys that a language needs, from the keys of the English file. A language may have other plural forms.
/// </param>
public sealed class LanguageFiles(
    ResourceManager texts, string file, Func<CultureInfo, IReadOnlyCollection<string>, IEnumerable<string>> required)
    : IValidateOptions<Publication>
{
    private const int MaxNamed = 10;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, Publication options) =>
        options.Languages.Select(Fault).OfType<string>().ToList() is { Count: > 0 } faults
            ? ValidateOptionsResult.Fail(faults)
            : ValidateOptionsResult.Success;

    private string? Fault(string language)
    {
        if (CultureOf(language) is not { } culture)
        {
            return $"Publication__Languages: {language} is no language tag, such as en or fr.";
        }

        var path = $"{file}.{language}.resx";
        if (KeysOf(culture) is not { Count: > 0 } keys)
        {
            return $"Publication__Languages: there is no {path} in this build, or no folder {language} beside the program. "
                + "docs/languages.md says how to add a language.";
        }

        var missing = required(culture, Keys(CultureInfo.InvariantCulture)).Except(keys).Order(StringComparer.Ordinal).ToList();
        return missing.Count == 0 ? null
            : $"Publication__Languages: {path} lacks {string.Join(", ", missing.Take(MaxNamed))}"
                + (missing.Count > MaxNamed ? FormattableString.Invariant($" and {missing.Count - MaxNamed} more.") : ".");
    }

    /// <summary>The keys of the language and of its parents (fr-CA reads fr); the English ones only if it is English.</summary>
    private HashSet<string> KeysOf(CultureInfo culture)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var at = culture; at.Name.Length > 0; at = at.Parent)
        {
            keys.UnionWith(at.Name == "en" ? Keys(CultureInfo.InvariantCulture) : Keys(at));
        }

        return keys;
    }

    private HashSet<string> Keys(CultureInfo culture) =>
        (texts.GetResourceSet(culture, createIfNotExists: true, tryParents: false)?.Cast<DictionaryEntry>() ?? [])
            .Select(entry => (string)entry.Key).ToHashSet(StringComparer.Ordinal);

    private static CultureInfo? CultureOf(string language)
    {
        try
        {
            return CultureInfo.GetCultureInfo(language, predefinedOnly: true);
        }
        catch (CultureNotFoundException)
        {
            return null;
        }
    }
}
