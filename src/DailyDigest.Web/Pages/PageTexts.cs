using System.Globalization;
using System.Resources;

namespace DailyDigest.Web;

/// <summary>The words of the pages, from PageTexts.resx and its translations. A third language is a third file.</summary>
public sealed class PageTexts
{
    private static readonly ResourceManager Resources = new("DailyDigest.Web.PageTexts", typeof(PageTexts).Assembly);

    /// <summary>The words in the language, English where a word is missing.</summary>
    public PageTexts(string language)
    {
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

    /// <summary>The text, with its places filled.</summary>
    public string this[string key, params object[] places] =>
        Resources.GetString(key, Culture) is { } text ? places.Length == 0 ? text : string.Format(Culture, text, places) : key;
}
