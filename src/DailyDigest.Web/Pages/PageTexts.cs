using System.Globalization;
using System.Resources;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>The texts of the pages, from PageTexts.resx and its translations. docs/languages.md says how to add a language.</summary>
public class PageTexts
{
    private static readonly ResourceManager OfPages = new("DailyDigest.Web.PageTexts", typeof(PageTexts).Assembly);

    private readonly ResourceManager resources;

    /// <summary>Checks that the publication's languages have every text.</summary>
    internal static LanguageFiles Files { get; } = new(OfPages, "src/DailyDigest.Web/Pages/PageTexts", (_, english) => english);

    /// <summary>The texts in the language; English where a translation is missing.</summary>
    public PageTexts(string language) : this(language, OfPages)
    {
    }

    /// <summary>Other texts in the language.</summary>
    protected PageTexts(string language, ResourceManager resources)
    {
        this.resources = resources;
        CultureInfo culture;
        try
        {
            culture = CultureInfo.GetCultureInfo(language);
        }
        catch (CultureNotFoundException)
        {
            culture = CultureInfo.InvariantCulture;
        }

        Culture = culture;
    }

    /// <summary>The language's culture, for dates.</summary>
    public CultureInfo Culture { get; }

    /// <summary>
    /// The formatted text; the key itself if there is no such text. A value that runs in the other direction is isolated.
    /// </summary>
    public string this[string key, params object[] values] =>
        resources.GetString(key, Culture) is not { } text ? key
        : values.Length == 0 ? text : string.Format(Culture, text, [.. values.Select(Isolated)]);

    private object Isolated(object value) => value is string text ? Bidi.Isolate(text, Culture) : value;
}
