using System.Globalization;
using System.Resources;

namespace DailyDigest.Web;

/// <summary>The texts of the desk, from DeskTexts.resx and its translations.</summary>
public sealed class DeskTexts(string language) : PageTexts(language, Resources)
{
    private static readonly ResourceManager Resources = new("DailyDigest.Web.DeskTexts", typeof(DeskTexts).Assembly);

    /// <summary>True if the desk is translated. Readers may have languages that the desk does not have.</summary>
    public static bool Has(string language)
    {
        for (var culture = new DeskTexts(language).Culture; culture.Name.Length > 0; culture = culture.Parent)
        {
            if (culture.Name == "en" || Resources.GetResourceSet(culture, createIfNotExists: true, tryParents: false) is not null)
            {
                return true;
            }
        }

        return false;
    }
}
