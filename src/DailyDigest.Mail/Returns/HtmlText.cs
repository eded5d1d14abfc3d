using System.Text;
using MimeKit.Text;

namespace DailyDigest.Mail.Returns;

/// <summary>The text of an HTML page, without scripts, styles and comments.</summary>
internal static class HtmlText
{
    public static string Of(string html)
    {
        var text = new StringBuilder();
        var hidden = 0;
        var tokens = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        while (tokens.ReadNextToken(out var token))
        {
            switch (token)
            {
                case HtmlTagToken { Id: HtmlTagId.Script or HtmlTagId.Style or HtmlTagId.Title, IsEmptyElement: false } tag:
                    hidden = tag.IsEndTag ? 0 : 1;
                    break;
                case HtmlTagToken
                {
                    Id: HtmlTagId.Br or HtmlTagId.P or HtmlTagId.Div or HtmlTagId.TR or HtmlTagId.LI or HtmlTagId.H1 or HtmlTagId.H2
                        or HtmlTagId.H3 or HtmlTagId.Table or HtmlTagId.HR or HtmlTagId.Pre
                }:
                    text.Append('\n');
                    break;
                case HtmlTagToken { Id: HtmlTagId.TD or HtmlTagId.TH }:
                    text.Append(' ');
                    break;
                case HtmlDataToken data when hidden == 0:
                    text.Append(data.Data);
                    break;
            }
        }

        return text.ToString();
    }
}
