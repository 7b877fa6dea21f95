// The look of the pages: plain, light and dark, from a phone to a wide screen.
import { Html } from './html.ts'

export const style = new Html(`
:root{color-scheme:light dark;--line:light-dark(#d5dae1,#3a4048);--soft:light-dark(#5a6470,#a8b0ba);--back:light-dark(#f3f5f7,#16181b);--sheet:light-dark(#fff,#202327);--main:light-dark(#0a5bc4,#7db5ff);--on:light-dark(#fff,#0b1a2e)}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;background:var(--back);color:light-dark(#1c2127,#e8eaed)}
a{color:var(--main)}
.simulated{margin:0;padding:.35rem 1rem;background:light-dark(#fff3cd,#4a3c06);color:light-dark(#594400,#ffe69c);font-size:.85rem;text-align:center}
header{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;padding:.75rem 1.25rem;background:var(--sheet);border-bottom:1px solid var(--line)}
header nav{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin-inline-start:auto}
.brand{font-weight:600;text-decoration:none}
.muted{color:var(--soft);font-size:.87rem;margin:.1rem 0}
.body{display:flex;gap:1.5rem;max-width:80rem;margin:0 auto;padding:1.25rem}
.body>nav{flex:0 0 12rem}
.body>nav h2{font-size:.8rem;color:var(--soft);margin:1rem 0 .25rem;font-weight:600}
.body>nav ul{list-style:none;margin:0;padding:0}
.body>nav a{display:block;padding:.4rem .6rem;border-radius:6px;text-decoration:none;color:inherit}
.body>nav a[aria-current]{background:light-dark(#dfeafa,#24354c);font-weight:600}
main{flex:1;min-width:0}
h1{font-size:1.4rem;margin:.2rem 0 .8rem}
h2{font-size:1.05rem;margin:1.2rem 0 .3rem}
h3{font-size:.95rem;margin:.8rem 0 .2rem}
section,.card{background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:.4rem 1.1rem 1rem;margin:0 0 1rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;padding:.5rem .8rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:break-word;min-width:6rem}
th{font-size:.83rem;color:var(--soft);font-weight:600}
td form{display:inline-block;margin:0 .3rem .2rem 0}
button,.button{font:inherit;padding:.4rem .9rem;border:1px solid light-dark(#8b95a1,#69727d);border-radius:6px;background:var(--sheet);color:inherit;cursor:pointer;text-decoration:none;display:inline-block}
button:hover,.button:hover{border-color:currentColor}
button.main{background:var(--main);border-color:var(--main);color:var(--on)}
button[disabled]{opacity:.55;cursor:not-allowed}
.bar{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:0 0 1rem}
.bar h1{margin:0;margin-inline-end:auto}
.menu{list-style:none;margin:-.5rem 0 1rem;padding:.4rem;border:1px solid var(--line);border-radius:8px;background:var(--sheet);width:max-content;max-width:100%;margin-inline-start:auto}
.menu a{display:block;padding:.35rem .7rem}
.note,.wrong{padding:.6rem .9rem;border-radius:8px;background:light-dark(#e2f3e5,#173a20);margin:0 0 1rem}
.wrong{background:light-dark(#fde7e7,#4c1d1d)}
dialog{position:fixed;inset:0;margin:auto;width:min(36rem,calc(100vw - 2rem));max-height:calc(100vh - 4rem);overflow:auto;border:1px solid var(--line);border-radius:12px;background:var(--sheet);color:inherit;padding:1rem 1.4rem;box-shadow:0 0 0 100vmax rgb(0 0 0/.45)}
dialog h2{margin-top:.2rem}
.end{display:flex;gap:.6rem;justify-content:flex-end;margin:1rem 0 .2rem}
label{display:block;font-weight:600;font-size:.9rem}
fieldset{border:1px solid var(--line);border-radius:8px;margin:.8rem 0;padding:.4rem .9rem .7rem}
legend{font-weight:600;font-size:.9rem;padding:0 .3rem}
fieldset label{font-weight:400;padding:.15rem 0}
input:not([type=checkbox]):not([type=radio]),select{font:inherit;width:100%;padding:.45rem .6rem;border:1px solid light-dark(#8b95a1,#69727d);border-radius:6px;background:var(--sheet);color:inherit}
.enter{max-width:26rem;margin:3rem auto;padding:1rem 1.4rem 1.4rem;background:var(--sheet);border:1px solid var(--line);border-radius:12px}
.enter button{width:100%}
img{display:block;border-radius:6px}
:focus-visible{outline:2px solid var(--main);outline-offset:2px}
@media(max-width:44rem){.body{flex-direction:column;gap:.5rem;padding:1rem}.body>nav{flex:none}.body>nav ul{display:flex;flex-wrap:wrap}.body>nav h2{margin:.4rem 0 0}header nav{margin-inline-start:0}}
`)
